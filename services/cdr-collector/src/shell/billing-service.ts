/** The BillingService: its two halves together, and the policy that rates and invoices share. */
import { type Database, isStoreFault, type StoreFault } from "../../../lib/runtime/database.ts";
import type { GrpcService } from "../../../lib/runtime/grpc.ts";
import { type BillingServiceServer, BillingServiceService } from "../../../lib/wire/billing.ts";
import { CLOSE_DAY_USUAL } from "../core/rating/billing-month.ts";
import { ratesHalf } from "./billing-grpc.ts";
import { type InvoiceParts, invoiceHalf } from "./invoice-grpc.ts";
import { newestPrices } from "./invoice-store.ts";
import type { RatesPorts } from "./rerate-stream.ts";

/** The service; every method of it must be in one of the halves. */
export function billingService(ports: {
  readonly rates: RatesPorts;
  readonly invoices: InvoiceParts;
}): GrpcService {
  const implementation: BillingServiceServer = {
    ...ratesHalf(ports.rates),
    ...invoiceHalf(ports.invoices),
  };
  return { definition: BillingServiceService, implementation };
}

/** Day of the month on which the calls of the month before are closed. */
export async function closeDayOf(database: Database): Promise<number | StoreFault> {
  const newest = await database.run(newestPrices);
  if (isStoreFault(newest)) return newest;
  return newest?.file.policies.closeDay ?? CLOSE_DAY_USUAL;
}
