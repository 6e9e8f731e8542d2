import { hasCode, PullBudgetError } from '../error.ts';

/**
 * An answer other than success, with the code that the protocol has for it.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { detail?: unknown; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.detail = more.detail;
    this.headers = more.headers ?? {};
  }

  /** The body that clients parse. */
  body(): string {
    const detail = this.detail === undefined ? {} : { detail: this.detail };
    return JSON.stringify({ errors: [{ code: this.code, message: this.message, ...detail }] });
  }
}

/** What is wrong with content that a client sent; every other error is this side's. */
const clientsFaults: Readonly<Record<string, readonly [status: number, code: string]>> = {
  'bad-digest': [400, 'MANIFEST_INVALID'],
  'bad-descriptor': [400, 'MANIFEST_INVALID'],
  'bad-manifest': [400, 'MANIFEST_INVALID'],
  schema1: [400, 'MANIFEST_INVALID'],
  'manifest-too-large': [413, 'SIZE_INVALID'],
  'too-large': [413, 'SIZE_INVALID'],
};

/** The refusal that an error stands for which came up while a client's content was read or parsed. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof PullBudgetError)) return error;
  const fault = clientsFaults[error.code];
  return fault ? new Refusal(...fault, error.message, { cause: error }) : error;
}

/** What a client hears of a failure of this side. Causes can hold paths of this machine, which are the log's business. */
export function failureRefusal(error: unknown): Refusal {
  return hasCode(error, 'disk-full')
    ? new Refusal(507, 'UNKNOWN', 'no space is left on the disk of the registry')
    : new Refusal(500, 'UNKNOWN', 'the registry failed; its log says why');
}
