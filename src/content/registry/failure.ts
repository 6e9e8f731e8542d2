import { STATUS_CODES } from 'node:http';
import { type ErrorDetail, type ErrorKind, PullBudgetError } from '../error.ts';
import { isObject } from '../image/descriptor.ts';
import { isLoopback } from './connection.ts';

/** What a registry, or the way to it, refused: with what decides whether another try can help. */
export class RegistryFailure extends PullBudgetError {
  /** Absent where no answer came. */
  readonly status: number | undefined;
  /** What the registry said about it, cleaned for people. */
  readonly said: string;
  readonly transient: boolean;
  /** The Retry-After header as it came. */
  readonly retryAfter: string | undefined;

  constructor(
    meaning: Meaning,
    message: string,
    detail: ErrorDetail & { status?: number; said?: string; retryAfter?: string | undefined } = {},
  ) {
    super(meaning.kind, meaning.code, message, { hint: detail.hint ?? meaning.hint, cause: detail.cause });
    this.status = detail.status;
    this.said = detail.said ?? '';
    this.transient = meaning.transient ?? false;
    this.retryAfter = detail.retryAfter;
  }

  /** The same answer, where what was asked tells more about its meaning. Final. */
  as(code: string, message: string, hint: string): RegistryFailure {
    const { kind, said, status } = this;
    return new RegistryFailure({ kind, code, hint }, message, {
      said,
      ...(status === undefined ? {} : { status }),
      cause: this.cause,
    });
  }
}

/** What an answer means to the user. */
interface Meaning {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string;
  readonly transient?: boolean;
}

const unavailable: Meaning = {
  kind: 'infrastructure',
  code: 'registry-unavailable',
  hint: 'The registry, or the network on the way to it, is failing; run again later.',
  transient: true,
};
const unsupported: Meaning = {
  kind: 'input',
  code: 'unsupported',
  hint: 'The registry does not take this kind of content or request; check what it supports.',
};
const refused: Meaning = {
  kind: 'input',
  code: 'refused',
  hint: 'The registry does not accept the request as it is; its own words above say why.',
};

const meanings: Readonly<Record<number, Meaning>> = {
  401: { kind: 'input', code: 'unauthorized', hint: 'Log in to the registry first.' },
  403: { kind: 'input', code: 'denied', hint: 'Check what the account may do in this repository.' },
  404: {
    kind: 'input',
    code: 'not-found',
    hint: 'Check the name; the repository may not exist, or not be visible to this account.',
  },
  405: {
    kind: 'input',
    code: 'not-allowed',
    hint: 'The registry is read-only here (a mirror, a pull-through cache), or a proxy forbids the method.',
  },
  406: unsupported,
  408: unavailable,
  413: {
    kind: 'input',
    code: 'upload-too-large',
    hint: 'The registry, or a proxy before it, limits the size of an upload (nginx: client_max_body_size); raise it, or make the layer smaller.',
  },
  415: unsupported,
  416: {
    kind: 'infrastructure',
    code: 'size-mismatch',
    hint: 'The registry holds fewer bytes than the manifest says; push the image again.',
  },
  429: {
    kind: 'infrastructure',
    code: 'rate-limited',
    hint: 'The registry limits how much this account or address may ask; log in, or wait.',
    transient: true,
  },
  501: unsupported,
  507: {
    kind: 'infrastructure',
    code: 'registry-full',
    hint: 'The disk of the registry is full; free some space there, and run again.',
  },
};

export interface Answer {
  /** The repository and what was asked about it: `ghcr.io/acme/app: blob sha256:…`. */
  readonly subject: string;
  readonly method: string;
  /** Who answered: the registry, the storage behind it, its token server. Never a query: it may be signed. */
  readonly host: string;
  readonly status: number;
  readonly said: string;
  readonly retryAfter: string | undefined;
  /** What to do about 401 and 403, where something better than the general hint is known. */
  readonly advice: string | undefined;
}

export function answerFailure(answer: Answer): RegistryFailure {
  const { subject, method, host, status, said, retryAfter, advice } = answer;
  const meaning = meanings[status] ?? (status >= 500 ? unavailable : refused);
  const words = said === '' ? '' : `: ${said}`;
  const reason = STATUS_CODES[status] === undefined ? '' : ` ${STATUS_CODES[status]}`;
  return new RegistryFailure(
    meaning,
    `${subject}: ${host} answered ${status}${reason} to ${method}${words}`,
    {
      status,
      said,
      retryAfter,
      hint: status === 401 || status === 403 ? advice : undefined,
    },
  );
}

/** A failure of our own finding, which another try will not mend. */
export function unsupportedFailure(message: string, hint: string): RegistryFailure {
  return new RegistryFailure(unsupported, message, { hint });
}

/** A transfer that broke off: another try may get further. */
export function brokenTransfer(message: string, cause?: unknown): RegistryFailure {
  return new RegistryFailure(unavailable, message, { cause });
}

const tlsProblem = /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)|^EPROTO$/;

/** What a failed connection means. `error` is what undici threw; none of its errors holds headers or bodies. */
export function networkFailure(subject: string, host: string, error: unknown): RegistryFailure {
  const code = codeOf(error);
  const message = `${subject}: no answer from ${host}: ${reasonOf(error)}`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return new RegistryFailure({ kind: 'input', code: 'tls', hint: '' }, message, {
      hint: `${host} does not speak TLS; if that is meant, name it as a plain-HTTP registry.`,
      cause: error,
    });
  }
  if (tlsProblem.test(code)) {
    return new RegistryFailure({ kind: 'input', code: 'tls', hint: '' }, message, {
      hint: `The certificate of ${host} is not trusted here; name the file of its certificate authority.`,
      cause: error,
    });
  }
  if (code === 'ENOTFOUND') {
    return new RegistryFailure({ ...unavailable, transient: false }, message, {
      hint: `Is a registry listening on ${host}? No such name is known here: check its spelling, or the proxy's where one is set.`,
      cause: error,
    });
  }
  // Elsewhere it may be a proxy or a load balancer between two servers; here nobody else answers in its place.
  if (code === 'ECONNREFUSED' && isLoopback(new URL(`http://${host}`).hostname)) {
    return new RegistryFailure({ ...unavailable, transient: false }, message, {
      hint: `Is a registry listening on ${host}? Start it, or check the port.`,
      cause: error,
    });
  }
  if (code === 'UND_ERR_INVALID_ARG') return new RegistryFailure(refused, message, { cause: error });
  return new RegistryFailure(unavailable, message, { cause: error });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function reasonOf(error: unknown): string {
  // One address after the other failed (IPv6, then IPv4): the parts say more than the whole.
  const parts = error instanceof AggregateError ? error.errors : [error];
  const reasons = parts.map((part) => (part instanceof Error ? part.message : String(part)));
  return [...new Set(reasons)].filter(Boolean).join('; ') || codeOf(error) || 'unknown error';
}

const longestQuote = 300;

/**
 * What an error body says, for people: the errors of the distribution spec, else the message of a token server,
 * else a line of plain text. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export function quoteBody(body: Uint8Array, contentType: string): string {
  const text = new TextDecoder().decode(body);
  if (contentType.startsWith('text/plain')) return clean(jsonWords(text) ?? text);
  return clean(jsonWords(text) ?? '');
}

function jsonWords(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.errors)) {
    return value.errors
      .filter(isObject)
      .map(({ code, message }) => [code, message].filter((part) => typeof part === 'string').join(': '))
      .join('; ');
  }
  const words = [value.message, value.details, value.error_description, value.error];
  return words.find((word) => typeof word === 'string');
}

function clean(text: string): string {
  // Nothing of it may move a terminal's cursor or start a workflow command.
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}
