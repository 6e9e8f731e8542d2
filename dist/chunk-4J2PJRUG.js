import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/error.ts
var exitCodes = { pass: 0, budgetFailed: 1, input: 2, infrastructure: 3 };
var PullBudgetError = class extends Error {
  kind;
  code;
  hint;
  constructor(kind, code, message, detail = {}) {
    super(message, detail.cause === void 0 ? void 0 : { cause: detail.cause });
    this.name = "PullBudgetError";
    this.kind = kind;
    this.code = code;
    this.hint = detail.hint;
  }
  get exitCode() {
    return exitCodes[this.kind];
  }
};
function inputError(code, message, detail) {
  return new PullBudgetError("input", code, message, detail);
}
function infrastructureError(code, message, detail) {
  return new PullBudgetError("infrastructure", code, message, detail);
}
function hasCode(error, code) {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof PullBudgetError && at.code === code) return true;
  }
  return false;
}

export {
  exitCodes,
  PullBudgetError,
  inputError,
  infrastructureError,
  hasCode
};
