/** What a distribution says of itself: METADATA or PKG-INFO (packaging.python.org, core metadata). */
export interface PythonMetadata {
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Normalised names of what it requires in one version only. */
  readonly exactly: readonly string[];
}

const mostRequirements = 1000;
const longestHeader = 1000;

/** @param text latin1, as all bytes here; only its headers are read */
export function readMetadata(text: string): PythonMetadata {
  let name: string | undefined;
  let version: string | undefined;
  const exactly = new Set<string>();
  for (const line of lines(text)) {
    if (line === '') break;
    if (line.length > longestHeader) continue;
    const [, field, value] = /^(Name|Version|Requires-Dist):(.*)$/.exec(line) ?? [];
    if (field === undefined || value === undefined) continue;
    if (field === 'Name') name ??= pythonName(value.trim());
    else if (field === 'Version') version ??= versionText(value.trim());
    else if (exactly.size < mostRequirements) addExact(exactly, value);
  }
  return { name, version, exactly: [...exactly] };
}

/** One version and no other: `a==1`, `a (==1)`, `a[x]===1 ; marker`; not what an extra asks for (PEP 508). */
function addExact(exactly: Set<string>, requirement: string): void {
  const [left = '', marker = ''] = requirement.split(';', 2);
  if (/\bextra\b/.test(marker)) return;
  const [, name] =
    /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\(?={2,3}[^,*()]+\)?$/.exec(left.replace(/\s/g, '')) ?? [];
  const normalised = name === undefined ? undefined : pythonName(name);
  if (normalised !== undefined) exactly.add(normalised);
}

/** Normalised as PEP 503 says; undefined for what is no name. */
export function pythonName(name: string): string | undefined {
  if (name.length > 128 || !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) return undefined;
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** A version for people; undefined for what cannot be one. */
export function versionText(version: string): string | undefined {
  return /^[!-~]{1,128}$/.test(version) ? version : undefined;
}

/** Name and version by the name of a directory or file: `Foo_Bar-1.0.dist-info`, `foo-1.0-py3.12.egg-info`. */
export function namedByDirectory(directory: string): {
  name: string | undefined;
  version: string | undefined;
} {
  const [name = '', version = ''] = directory
    .replace(/\.(?:dist-info|egg-info|egg-link|egg)$/, '')
    .split('-', 3);
  return { name: pythonName(name), version: versionText(version) };
}

/**
 * The paths of a RECORD: the first field of each row of CSV, as Python's csv module reads it. Paths may be quoted, and
 * hold commas, doubled quotes and line ends then.
 */
export function* recordPaths(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    let path: string;
    let end = at;
    if (text[at] === '"') {
      end = closingQuote(text, at + 1);
      path = text.slice(at + 1, end).replaceAll('""', '"');
    } else {
      end = lineEnd(text, at);
      const comma = text.indexOf(',', at);
      path = text.slice(at, comma < 0 || comma > end ? end : comma).trimEnd();
    }
    if (path !== '') yield path;
    at = lineEnd(text, end) + 1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return text.length;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Lines without their ends: `\n`, `\r\n`. */
export function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    yield text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end);
    at = end + 1;
  }
}
