import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  packError
} from "./chunk-KE4MHNEF.js";

// src/content/layer/serve-jobs.ts
import { parentPort } from "node:worker_threads";
function serveJobs(jobs) {
  parentPort?.on("message", async ({ job, input }) => {
    parentPort?.postMessage(await answer(jobs[job], input));
  });
}
async function answer(work, input) {
  try {
    return { result: await work(input) };
  } catch (error) {
    return { error: packError(error) };
  }
}

export {
  serveJobs
};
