/**
 * Who has to act on an error: `input` is the user's (a bad name, a broken image, a wrong setting; exit code 2),
 * `infrastructure` is the world's (a registry, a network, a disk; exit code 3) and worth a retry.
 */
export type ErrorKind = 'input' | 'infrastructure';

export interface ErrorDetail {
  /** What to do about it, as a sentence to the user. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Exit codes, the same in every command: 0 pass, 1 a budget failed, 2 usage or bad input, 3 infrastructure. */
export const exitCodes = { pass: 0, budgetFailed: 1, input: 2, infrastructure: 3 } as const;

/**
 * The one error class of the project. `message` says what happened and to what, `hint` what to do,
 * `code` is stable for programs (kebab case: `digest-mismatch`, `not-found`), `cause` keeps the rest.
 */
export class PullBudgetError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'PullBudgetError';
    this.kind = kind;
    this.code = code;
    this.hint = detail.hint;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

export function inputError(code: string, message: string, detail?: ErrorDetail): PullBudgetError {
  return new PullBudgetError('input', code, message, detail);
}

export function infrastructureError(code: string, message: string, detail?: ErrorDetail): PullBudgetError {
  return new PullBudgetError('infrastructure', code, message, detail);
}

/** True for an error of this project with that code, whatever wraps it. */
export function hasCode(error: unknown, code: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof PullBudgetError && at.code === code) return true;
  }
  return false;
}
