import { inputError } from '../error.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

/** Names that people write for an architecture, and containerd's normal form (platforms/database.go). */
const architectures = new Map<string, readonly [architecture: string, variant?: string]>([
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['aarch64', ['arm64']],
  ['i386', ['386']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
]);

/** Variants that say nothing: the default of their architecture. */
const defaultVariants: Record<string, string> = { arm64: 'v8', amd64: 'v1', arm: 'v7' };

/** Parses `os/arch[/variant]`. @throws PullBudgetError `bad-platform` */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (
    !os ||
    !architecture ||
    parts.length > 3 ||
    !parts.every((part) => /^[a-z0-9][a-z0-9_.-]*$/.test(part))
  ) {
    throw inputError('bad-platform', `"${text}" is not a platform`, {
      hint: 'Write os/architecture or os/architecture/variant, for example linux/amd64 or linux/arm/v7.',
    });
  }
  return normalisePlatform(variant === undefined ? { os, architecture } : { os, architecture, variant });
}

/** containerd's normal form: known aliases resolved, a variant that is the default left out (but arm's v7 kept). */
export function normalisePlatform(platform: Platform): Platform {
  const [architecture, aliasVariant] = architectures.get(platform.architecture) ?? [platform.architecture];
  const variant = platform.variant ?? aliasVariant;
  const { variant: _, ...rest } = platform;
  const keep = variant && (architecture === 'arm' || variant !== defaultVariants[architecture]);
  return keep ? { ...rest, architecture, variant } : { ...rest, architecture };
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** Whether `have` is what `want` asks for: an unnamed variant asks for the default one, os.version is not compared. */
export function platformMatches(have: Platform, want: Platform): boolean {
  const a = normalisePlatform(have);
  const b = normalisePlatform(want);
  const variant = (p: Platform): string => p.variant ?? defaultVariants[p.architecture] ?? '';
  return a.os === b.os && a.architecture === b.architecture && variant(a) === variant(b);
}

/** An image's own words for its platform (as formatPlatform writes them): taken as they are, not refused. */
export function splitPlatform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return normalisePlatform(variant === undefined ? { os, architecture } : { os, architecture, variant });
}

/** Whether an image's platform, in its own words, is the one that somebody names. */
export function isSamePlatform(have: string, want: string): boolean {
  return have === want || platformMatches(splitPlatform(have), splitPlatform(want));
}

/** BuildKit's attestation manifests stand in an index under this platform. */
export function isUnknownPlatform(platform: Platform): boolean {
  return platform.os === 'unknown' && platform.architecture === 'unknown';
}

/** The platform that a container on this machine would run: linux and this CPU. */
export function hostPlatform(): Platform {
  const byNode: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };
  return { os: 'linux', architecture: byNode[process.arch] ?? process.arch };
}
