import { inputError, type PullBudgetError } from '../../content/error.ts';
import type { PlaceInBudgets } from '../../facts/budget.ts';

export interface Token {
  readonly kind: 'word' | 'number' | 'sign' | 'end';
  readonly text: string;
  /** In the line, from 0. */
  readonly at: number;
}

/** Budgets that stand in no file. */
const placeInText: PlaceInBudgets = (line, column) => ({
  where: `budgets, line ${line}, column ${column}`,
  line,
});

const patterns: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['number', /\d+(?:\.\d+)?|\.\d+/y],
  ['word', /[a-z_][\w./-]*/iy],
  ['sign', /<=|>=|=<|=>|==|!=|[^\s]/uy],
];

/** One line of budgets, read token by token. A `#` begins a comment. */
export class Line {
  /** Where the text stands, from 1. */
  readonly number: number;
  /** What the budget says: comment and surrounding space left out. */
  readonly text: string;
  readonly #index: number;
  readonly #raw: string;
  readonly #place: PlaceInBudgets;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(raw: string, index: number, place: PlaceInBudgets = placeInText) {
    const said = raw.replace(/#.*$/su, '').trimEnd();
    this.#index = index;
    this.number = place(index + 1, 1).line;
    this.text = said.trim();
    this.#raw = raw;
    this.#place = place;
    this.#tokens = tokensOf(said);
  }

  /** The token that `take` would take. */
  get next(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** Steps over the next token; the end stays where it is. */
  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  /** Takes the next token if it is one of these signs or words. */
  takeIf(...texts: readonly string[]): Token | undefined {
    return texts.includes(this.next.text) ? this.take() : undefined;
  }

  /** An error that points at the token. */
  mistake(token: Token, what: string, hint?: string): PullBudgetError {
    const { where, line } = this.#place(this.#index + 1, token.at + 1);
    const margin = ' '.repeat(String(line).length);
    // One character a column, whatever the line holds, so that the caret stands where it should.
    const shown = this.#raw.trimEnd().replace(/\p{Cc}/gu, ' ');
    const caret = ' '.repeat(token.at) + '^'.repeat(Math.max(1, token.text.length));
    const excerpt = `  ${line} | ${shown}\n  ${margin} | ${caret}`;
    return inputError('bad-budget', `${where}: ${what}\n${excerpt}`, hint === undefined ? {} : { hint });
  }

  /** The mistake of finding something else than what is expected here. */
  unexpected(expected: string, hint?: string): PullBudgetError {
    const { kind, text } = this.next;
    const found = kind === 'end' ? 'found the end of the line' : `found "${text}"`;
    return this.mistake(this.next, `expected ${expected}, ${found}`, hint);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const match = pattern.exec(text)?.[0];
      if (match === undefined) continue;
      if (kind !== 'space') tokens.push({ kind, text: match, at });
      at += match.length;
      break;
    }
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}
