/** What kind of number an outside leg goes to; a rate follows it (DOMAIN R14, 3.1). */
export const DESTINATION_CLASSES = ["landline", "mobile", "ip-phone", "international"] as const;
/** One of {@link DESTINATION_CLASSES}. */
export type DestinationClass = (typeof DESTINATION_CLASSES)[number];
