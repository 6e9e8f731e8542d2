import { inputError } from '../error.ts';
import { type Digest, isDigest } from './digest.ts';
import { formatReference, isTag, parseReference, type Reference } from './reference.ts';

/**
 * Where an image is, as skopeo writes it (containers-transports(5)). A bare reference is `docker://`.
 * `tag` of a layout is the value of its `org.opencontainers.image.ref.name` annotation.
 */
export type ImageName =
  | { readonly transport: 'docker'; readonly reference: Reference }
  | { readonly transport: 'oci'; readonly path: string; readonly target?: string | Digest }
  | { readonly transport: 'oci-archive'; readonly path: string; readonly target?: string | Digest }
  | { readonly transport: 'docker-archive'; readonly path: string; readonly target?: string }
  | { readonly transport: 'docker-daemon'; readonly name: string };

export type Transport = ImageName['transport'];

export const transports: readonly Transport[] = [
  'docker',
  'oci',
  'oci-archive',
  'docker-archive',
  'docker-daemon',
];

/** @throws PullBudgetError `bad-reference`, `unknown-transport` */
export function parseImageName(text: string): ImageName {
  const colon = text.indexOf(':');
  const prefix = colon < 0 ? '' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  switch (prefix) {
    case 'docker':
      // `docker:…` without slashes is no transport of skopeo's: fall through to its error below.
      if (rest.startsWith('//')) return { transport: 'docker', reference: parseReference(rest.slice(2)) };
      break;
    case 'oci':
    case 'oci-archive':
    case 'docker-archive': {
      const { path, target } = splitPath(prefix, rest);
      if (path === '') throw bad(text, 'the path is empty');
      return { transport: prefix, path, ...(target === undefined ? {} : { target }) };
    }
    case 'docker-daemon':
      if (rest === '') throw bad(text, 'the name is empty');
      return { transport: 'docker-daemon', name: rest };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):(?:\/\/|[./])/.exec(text)?.[1];
  if (scheme !== undefined) {
    throw inputError('unknown-transport', `"${text}": unknown transport "${scheme}"`, {
      hint: `Known transports: docker://, ${transports
        .slice(1)
        .map((name) => `${name}:`)
        .join(', ')}.`,
    });
  }
  if (/^[./]/.test(text)) {
    throw inputError('bad-reference', `"${text}" is not an image reference: it looks like a path`, {
      hint: `A folder? Write oci:${text}. A file? Write oci-archive: or docker-archive: before its path.`,
    });
  }
  return { transport: 'docker', reference: parseReference(text) };
}

/** `DIR[:TAG]`, `DIR[@DIGEST]`; a path may hold colons as long as what follows the last one is no tag. */
function splitPath(transport: string, rest: string): { path: string; target?: string } {
  const at = rest.lastIndexOf('@');
  if (transport !== 'docker-archive' && at > 0 && isDigest(rest.slice(at + 1))) {
    return { path: rest.slice(0, at), target: rest.slice(at + 1) };
  }
  // docker-archive holds whole references (`FILE:host:5000/repo:tag`); the path ends at the first colon, as skopeo has it.
  const colon = transport === 'docker-archive' ? rest.indexOf(':') : rest.lastIndexOf(':');
  if (colon < 0) return { path: rest };
  const target = rest.slice(colon + 1);
  if (transport === 'docker-archive' ? target !== '' : isTag(target))
    return { path: rest.slice(0, colon), target };
  return { path: rest };
}

export function formatImageName(name: ImageName): string {
  switch (name.transport) {
    case 'docker':
      return formatReference(name.reference);
    case 'docker-daemon':
      return `docker-daemon:${name.name}`;
    default: {
      const separator = name.target !== undefined && isDigest(name.target) ? '@' : ':';
      return `${name.transport}:${name.path}${name.target === undefined ? '' : `${separator}${name.target}`}`;
    }
  }
}

/**
 * The same place under the tag that `change` makes of the one that is named (`latest` where a reference says nothing).
 * Its digest, if it had one, goes. Undefined where no tag is named, or `change` makes none of it.
 */
export function retag(name: ImageName, change: (tag: string) => string | undefined): ImageName | undefined {
  switch (name.transport) {
    case 'docker': {
      const { digest, host, repository, tag = digest === undefined ? 'latest' : undefined } = name.reference;
      const changed = tag === undefined ? undefined : change(tag);
      return changed === undefined
        ? undefined
        : { transport: 'docker', reference: { host, repository, tag: changed } };
    }
    case 'oci':
    case 'oci-archive': {
      const { target } = name;
      const changed = target === undefined || isDigest(target) ? undefined : change(target);
      return changed === undefined ? undefined : { ...name, target: changed };
    }
    default:
      return undefined;
  }
}

function bad(text: string, why: string): Error {
  return inputError('bad-reference', `"${text}" is not an image name: ${why}`, {
    hint: 'For example oci:./layout:latest or docker-archive:image.tar.',
  });
}
