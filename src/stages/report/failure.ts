import type { Document } from './document.ts';

/** What there is to tell of a run that ended before there was a report: what happened, and what to do. */
export function failureDocument(message: string, hint: string | undefined): Document {
  const lines = [...message.split('\n'), ...(hint === undefined ? [] : [hint])];
  return {
    headline: { text: 'pull-budget: error, nothing was judged', tone: 'bad' },
    about: lines.filter((line) => line.trim() !== '').map((line) => [line]),
    sections: [],
  };
}
