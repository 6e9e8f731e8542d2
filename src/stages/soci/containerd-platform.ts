import type { Platform } from '../../content/image/platform.ts';

/**
 * A platform as containerd's `platforms.Normalize` has it, which is what stands in an index that `soci` makes around a
 * single image: lower case, aliases resolved, variants that say nothing left out, but arm's v7 always named.
 * https://github.com/containerd/platforms/blob/v1.0.0-rc.4/database.go
 */
export function containerdPlatform(platform: Platform): Platform {
  const [architecture, variant] = architectureOf(
    platform.architecture.toLowerCase(),
    (platform.variant ?? '').toLowerCase(),
  );
  const os = platform.os.toLowerCase();
  const version = platform['os.version'];
  const features = platform['os.features'] ?? [];
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(version ? { 'os.version': version } : {}),
    ...(features.length > 0 ? { 'os.features': [...new Set(features)].sort() } : {}),
  };
}

function architectureOf(architecture: string, variant: string): [architecture: string, variant: string] {
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      return ['arm64', arm64Variants.get(variant) ?? variant];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      return ['arm', armVariants.get(variant) ?? variant];
    default:
      return [architecture, variant];
  }
}

const arm64Variants = new Map([
  ['8', ''],
  ['v8', ''],
  ['v8.0', ''],
  ['9', 'v9'],
  ['9.0', 'v9'],
  ['v9.0', 'v9'],
]);

const armVariants = new Map([
  ['', 'v7'],
  ['7', 'v7'],
  ['5', 'v5'],
  ['6', 'v6'],
  ['8', 'v8'],
]);

/** Whether two platforms are the same to containerd; versions of an os are compared as they are written. */
export function isSameToContainerd(a: Platform, b: Platform): boolean {
  return key(a) === key(b);
}

function key(platform: Platform): string {
  const { os, architecture, variant = '', 'os.version': version = '' } = containerdPlatform(platform);
  return JSON.stringify([os, architecture, variant, version]);
}
