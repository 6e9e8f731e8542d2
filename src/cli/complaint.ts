import { stripVTControlCharacters } from 'node:util';
import { exitCodes, PullBudgetError } from '../content/error.ts';
import { plain } from '../facts/plain.ts';
import { Interruption } from './interruption.ts';

/**
 * An error as somebody at a terminal reads it: `error: what happened`, what to do, and with `verbose` what
 * caused it. A fault of this program's own shows where it is.
 */
export function complaint(error: unknown, verbose: boolean, secrets: ReadonlySet<string>): string {
  const isOwn = error instanceof PullBudgetError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    // Several lines are the message's own: a budget that is wrong is shown with a mark under it.
    `error: ${message.split('\n').map(inert).join('\n')}`,
    ...(isOwn && error.hint ? [inert(error.hint)] : []),
    ...(isOwn ? [] : ['This is a bug in pull-budget: please report it with what is below.', stackOf(error)]),
    ...(verbose ? causes(error).map((cause) => `caused by: ${cause}`) : []),
  ];
  return `${withoutSecrets(lines.join('\n'), secrets)}\n`;
}

/** An error as programs read it: what --json prints where there is no result. */
export interface Failure {
  readonly error: {
    /** Who has to act: on a `bug` the authors of pull-budget. */
    readonly kind: PullBudgetError['kind'] | 'interruption' | 'bug';
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly exitCode: number;
  };
}

/** The same error for programs; without secrets, and without what a terminal would act on. */
export function failureOf(error: unknown, secrets: ReadonlySet<string>): Failure {
  const clean = (text: string): string => withoutSecrets(text.split('\n').map(inert).join('\n'), secrets);
  const message = clean(error instanceof Error ? error.message : String(error));
  if (error instanceof Interruption) {
    return { error: { kind: 'interruption', code: 'interrupted', message, exitCode: error.exitCode } };
  }
  if (!(error instanceof PullBudgetError)) {
    return { error: { kind: 'bug', code: 'unexpected', message, exitCode: exitCodes.infrastructure } };
  }
  const { kind, code, hint, exitCode } = error;
  return { error: { kind, code, message, ...(hint === undefined ? {} : { hint: clean(hint) }), exitCode } };
}

/** Nothing that a terminal would act on, but every column where it was: an error may point at one. */
function inert(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cf}/gu, '');
}

function causes(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error instanceof Error ? error.cause : undefined; at !== undefined && found.length < 10; ) {
    found.push(at instanceof Error ? `${at.name}: ${plain(at.message)}` : plain(String(at)));
    at = at instanceof Error ? at.cause : undefined;
  }
  return found;
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}

/** Secrets are known to nobody who reads an error, whatever a server put into its answer. */
export function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '***');
  return clean;
}
