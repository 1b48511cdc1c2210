/** A call of a server-streaming method as one value: all of its messages, or why it failed. */
import { type CallOptions, type ClientReadableStream, Metadata } from "@grpc/grpc-js";
import { answered, type GrpcAnswer, refused, statusWord } from "../../services/lib/runtime/grpc.ts";

/** A server-streaming method of a generated client, bound to it. */
export type StreamMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
) => ClientReadableStream<Response>;

/** Calls once and reads to the end. Only for methods that bound what they send. */
export async function callStream<Request, Response>(
  method: StreamMethod<Request, Response>,
  request: Request,
  deadlineMs: number,
): Promise<GrpcAnswer<readonly Response[]>> {
  const deadline = new Date(Date.now() + deadlineMs);
  const messages: Response[] = [];
  try {
    for await (const message of method(request, new Metadata(), { deadline })) {
      messages.push(message);
    }
    return answered(messages);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): GrpcAnswer<never> {
  if (!(error instanceof Error)) return refused("unknown", String(error));
  const code = "code" in error && typeof error.code === "number" ? error.code : -1;
  const details = "details" in error && typeof error.details === "string" ? error.details : "";
  return refused(statusWord(code), details === "" ? error.message : details);
}
