import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import type { Postgres } from "../postgres.ts";
import { startPostgres } from "../postgres.ts";

const folders: string[] = [];
const servers: Postgres[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), "kakehashi-test-"));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

async function start(dataDir: string): Promise<Postgres> {
  const server = await startPostgres({ dataDir, port: 0, durable: false });
  servers.push(server);
  folders.push(server.dataDir);
  return server;
}

async function rowsOf(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("a stopped server refuses connections, and a new one finds the data again", async () => {
  const dataDir = join(temporaryFolder(0o755), "data");
  const first = await start(dataDir);
  await rowsOf(first.url, "create table kept as select 42 as answer");
  await first.stop();
  await expect(rowsOf(first.url, "select 1")).rejects.toThrow("ECONNREFUSED");

  const second = await start(dataDir);
  expect(await rowsOf(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  expect(second.dataDir).toBe(dataDir);
});

test("what a server has confirmed is there after kill -9, also when it is not durable", async () => {
  const dataDir = join(temporaryFolder(0o755), "data");
  const first = await start(dataDir);
  await rowsOf(first.url, "create table kept (answer int)");
  await rowsOf(first.url, "insert into kept values (42)");
  await first.kill();
  const second = await start(dataDir);
  expect(await rowsOf(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("the server listens on loopback only and, when not durable, skips fsync", async () => {
  const { url } = await start(join(temporaryFolder(0o755), "data"));
  const settings = await rowsOf(
    url,
    "select name, setting from pg_settings where name in ('listen_addresses', 'fsync') order by name",
  );
  expect(settings).toEqual([
    { name: "fsync", setting: "off" },
    { name: "listen_addresses", setting: "127.0.0.1" },
  ]);
});

test("a second server on the same data is refused in PostgreSQL's own words", async () => {
  const { dataDir } = await start(join(temporaryFolder(0o755), "data"));
  await expect(startPostgres({ dataDir, port: 0 })).rejects.toThrow("postmaster.pid");
});

test.runIf(process.getuid?.() === 0)(
  "root's data in a folder closed to others is kept among the temporary files",
  async () => {
    const closed = temporaryFolder(0o700);
    mkdirSync(join(closed, "checkout"));
    const server = await start(join(closed, "checkout", "data"));
    expect(server.dataDir.startsWith(closed)).toBe(false);
    expect(existsSync(join(closed, "checkout", "data"))).toBe(false);
    expect(statSync(server.dataDir).uid).not.toBe(0);
    expect(await rowsOf(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
  },
);
