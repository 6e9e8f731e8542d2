import type { OwnerFinder } from './finder.ts';

/** Working directories that say nothing: what is in them is not the application. */
const places = new Set([
  '',
  'bin',
  'etc',
  'home',
  'lib',
  'opt',
  'tmp',
  'usr',
  'usr/bin',
  'usr/lib',
  'usr/local',
  'var',
]);

/** What nobody else has under the working directory. */
export const appFinder: OwnerFinder = {
  name: 'working directory',
  tells: [],
  claim(claims) {
    const top = claims.follow(claims.options.workingDir.toString('latin1'));
    if (top === undefined || claims.tree.kind(top) !== 'directory') return;
    const path = claims.path(top);
    if (places.has(path)) return;
    claims.claimBelow(top, claims.register({ kind: 'app', what: `/${path}`, place: '', class: 'app' }));
  },
};
