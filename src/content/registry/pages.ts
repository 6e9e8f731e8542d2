import { inputError } from '../error.ts';
import type { Request, WholeAnswer } from './http.ts';
import type { Repository } from './repository.ts';

/** A list that a registry may give in pages. */
export type List = Pick<Request, 'url' | 'subject' | 'headers' | 'expects'>;

/** Far more than real lists have: a registry that pages without end has an error. */
const maxPages = 10_000;
const maxListBytes = 64 * 1024 * 1024;

/**
 * The pages of a list, by the Link header of the one before.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @throws PullBudgetError `too-large`
 */
export async function* pagesOf(repository: Repository, list: List): AsyncGenerator<WholeAnswer> {
  const tooLarge = () =>
    inputError(
      'too-large',
      `${repository.location}: the list of ${list.subject} does not end within ${maxPages} pages and 64 MiB`,
      { hint: 'The registry, or a proxy before it, is not set up right.' },
    );
  const seen = new Set<string>();
  let bytesLeft = maxListBytes;
  let url: URL | undefined = list.url;
  while (url !== undefined && !seen.has(url.href)) {
    if (seen.size === maxPages) throw tooLarge();
    seen.add(url.href);
    const request: Request = { ...list, method: 'GET', url, authorization: repository.pull };
    const page: WholeAnswer = await repository.http.fetch(request, bytesLeft, tooLarge);
    bytesLeft -= page.bytes.byteLength;
    yield page;
    url = repository.nextPage(page);
  }
}
