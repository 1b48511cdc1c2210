/** `make down`: stops the demo cluster, whole; nothing when it does not run. */
import { stopKeeper } from "./keeper-state.ts";

const wasRunning = await stopKeeper();
process.stdout.write(
  wasRunning ? "The demo cluster is stopped.\n" : "No demo cluster is running.\n",
);
