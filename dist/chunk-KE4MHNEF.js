import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  PullBudgetError
} from "./chunk-4J2PJRUG.js";

// src/content/layer/error-message.ts
function packError(error) {
  if (!(error instanceof Error))
    return { message: String(error), stack: void 0, cause: void 0, known: void 0 };
  const { message, stack, cause } = error;
  const known = error instanceof PullBudgetError ? { kind: error.kind, code: error.code, hint: error.hint } : void 0;
  return { message, stack, cause: cause === void 0 ? void 0 : packError(cause), known };
}
function unpackError({ message, stack, cause, known }) {
  const detail = cause === void 0 ? {} : { cause: unpackError(cause) };
  const error = known ? new PullBudgetError(known.kind, known.code, message, { hint: known.hint, ...detail }) : new Error(message, detail);
  if (stack !== void 0) error.stack = stack;
  return error;
}

export {
  packError,
  unpackError
};
