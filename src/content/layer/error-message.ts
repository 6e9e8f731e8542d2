import { type ErrorKind, PullBudgetError } from '../error.ts';

/** An error as plain data: copying between threads would make it an Error without kind, code and hint. */
export interface ErrorMessage {
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: ErrorMessage | undefined;
  /** Set for errors of this project. */
  readonly known:
    | { readonly kind: ErrorKind; readonly code: string; readonly hint: string | undefined }
    | undefined;
}

export function packError(error: unknown): ErrorMessage {
  if (!(error instanceof Error))
    return { message: String(error), stack: undefined, cause: undefined, known: undefined };
  const { message, stack, cause } = error;
  const known =
    error instanceof PullBudgetError ? { kind: error.kind, code: error.code, hint: error.hint } : undefined;
  return { message, stack, cause: cause === undefined ? undefined : packError(cause), known };
}

export function unpackError({ message, stack, cause, known }: ErrorMessage): Error {
  const detail = cause === undefined ? {} : { cause: unpackError(cause) };
  const error = known
    ? new PullBudgetError(known.kind, known.code, message, { hint: known.hint, ...detail })
    : new Error(message, detail);
  if (stack !== undefined) error.stack = stack;
  return error;
}
