import { inputError } from '../error.ts';
import { type Digest, isDigest } from './digest.ts';

/**
 * A name in a registry, in full form (`nginx` is docker.io/library/nginx).
 * Grammar: https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export interface Reference {
  /** Host with port as written: `docker.io`, `localhost:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const hostPattern =
  /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::\d{1,5})?$/;

/** Parses `[host/]repository[:tag][@digest]`. @throws PullBudgetError `bad-reference` */
export function parseReference(text: string): Reference {
  const [named, digest, ...more] = text.split('@');
  if (named === undefined || more.length > 0) throw bad(text, 'has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) throw bad(text, `"${digest}" is not a digest`);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) throw bad(text, `"${tag}" is not a tag`);
  const { host, repository } = splitHost(tagged ? named.slice(0, colon) : named);
  const port = /:(\d+)$/.exec(host)?.[1];
  if (Number(port) > 65_535) throw bad(text, `port out of range: ${port} of "${host}" is above 65535`);
  // Address 1.2.3.256 looks like a host, and is none.
  if (!hostPattern.test(host) || !URL.canParse(`http://${host}`)) throw bad(text, `"${host}" is not a host`);
  if (/^[0-9a-f]{64}$/.test(repository)) throw bad(text, 'a repository cannot be 64 hex digits');
  for (const part of repository.split('/')) {
    if (!component.test(part)) {
      throw bad(
        text,
        part === ''
          ? 'the repository has an empty part'
          : `"${part}" cannot stand in a repository (lower case letters, digits, and . _ - between them)`,
      );
    }
  }
  if (host.length + 1 + repository.length > 255) throw bad(text, 'the name is longer than 255 characters');
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The first part is a host when it looks like one, else the name is Docker Hub's, as docker has it. */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  if (slash > 0 && (/[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase())) {
    const host = first === 'index.docker.io' ? 'docker.io' : first;
    const repository = name.slice(slash + 1);
    return {
      host,
      repository: host === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository,
    };
  }
  return { host: 'docker.io', repository: slash > 0 ? name : `library/${name}` };
}

export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

function bad(text: string, why: string): Error {
  return inputError('bad-reference', `"${text}" is not an image reference: ${why}`, {
    hint: 'Write [host/]repository[:tag][@sha256:…], for example ghcr.io/acme/server:1.4.',
  });
}
