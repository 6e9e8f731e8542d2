/** One challenge of a WWW-Authenticate header. https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** `scheme` or `, name=value`, `, name="quoted \" value"`; anything else is stepped over. */
const piece = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

/** All challenges of all the headers: a server may put several into one. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const header of headers) {
    for (const [, word, quoted, plain] of header.matchAll(piece)) {
      const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
      const name = (word as string).toLowerCase();
      if (value === undefined) challenges.push({ scheme: name, parameters: {} });
      else {
        const current = challenges.at(-1);
        if (current) current.parameters[name] = value;
      }
    }
  }
  return challenges;
}

/** The challenge to answer: a token before a password, as docker has it. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const of = (scheme: string) => challenges.find((challenge) => challenge.scheme === scheme);
  return of('bearer') ?? of('basic');
}

/**
 * One scope a resource, its actions united: `repository:a/b:pull` and `repository:a/b:pull,push` are the latter.
 * https://distribution.github.io/distribution/spec/auth/scope/
 */
export function mergeScopes(scopes: readonly string[]): string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const colon = scope.lastIndexOf(':');
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(',')) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, names]) => `${resource}:${[...names].join(',')}`);
}
