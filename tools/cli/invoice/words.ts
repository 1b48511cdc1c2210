/** Words of an invoice in English and Japanese: titles of sections and columns, dates, amounts. */
import type { Bilingual } from "../language.ts";
import type { Section } from "./invoice.ts";

const both = (en: string, ja: string): Bilingual => ({ en, ja });

/** Titles of the sections. */
export const SECTION_TITLES: Readonly<Record<Section, Bilingual>> = {
  initial: both("Initial fees", "初期費用"),
  flat: both("Monthly fees", "月額基本料"),
  calls: both("Calls", "通話料"),
  adjustment: both("Adjustments of earlier months", "前月以前の調整"),
};

/** Labels of the head, the table and the totals. */
export const LABELS = {
  title: both("Invoice", "請求書"),
  draft: both("draft", "下書き"),
  number: both("Number", "請求書番号"),
  issued: both("Issued", "発行日"),
  toBeIssued: both("To be issued", "発行予定日"),
  calls: both("Calls of", "通話期間"),
  month: both("Month", "ご利用月"),
  buyer: both("To", "ご請求先"),
  seller: both("From", "発行者"),
  registration: both("Registration number", "登録番号"),
  address: both("Address", "住所"),
  telephone: both("Telephone", "電話番号"),
  bank: both("Bank", "お振込先"),
  description: both("Description", "内容"),
  source: both("Source", "転送元番号"),
  time: both("Time", "通話時間"),
  quantity: both("Quantity", "数量"),
  unit: both("Unit", "単価"),
  amount: both("Net", "金額 (税抜)"),
  rate: both("Tax", "税率"),
  subtotal: both("Subtotal", "小計"),
  net: both("Net total", "合計 (税抜)"),
  tax: both("Tax total", "消費税合計"),
  gross: both("Total with tax", "請求金額 (税込)"),
  obstacle: both("It cannot be issued yet", "発行できない理由"),
} as const satisfies Readonly<Record<string, Bilingual>>;

/** Net of one tax rate; what has none, as calls abroad, is exempt. */
export const taxedNet = (percent: number): Bilingual =>
  percent === 0
    ? both("Net exempt from tax", "免税対象")
    : both(`Net at ${percent}%`, `${percent}%対象 (税抜)`);

/** Tax of one tax rate. */
export const taxOf = (percent: number): Bilingual =>
  both(`Tax ${percent}%`, `消費税 (${percent}%)`);

/** `2026年10月20日` of `2026-10-20`, `2026年10月` of `2026-10`; other text as it is. */
export function japaneseDate(text: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(text) ?? [];
  if (year === undefined || month === undefined) return text;
  return `${year}年${Number(month)}月${day === undefined ? "" : `${Number(day)}日`}`;
}

/** Seconds as `1:02:05`; empty for none. */
export function callTime(seconds: number): string {
  if (seconds === 0) return "";
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
