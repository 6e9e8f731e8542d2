/**
 * The direction of imports (ARCHITECTURE.md), as a test that can fail: `npm run imports`.
 * action, cli → pipeline → stages → facts → content; config beside pipeline; nothing points up.
 */
const room = (name) => `^src/${name}/`;
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'actions-toolkit-only-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: room('action') },
      to: { path: 'node_modules/@actions/' },
    },
    only('content-is-the-ground', room('content'), '^src/content/', 'content imports nothing above it'),
    only('facts-over-content', room('facts'), '^src/(facts|content)/', 'facts know only content'),
    {
      name: 'stages-do-not-import-stages',
      comment: "pipeline/ hands one stage's result to the next, as facts",
      severity: 'error',
      from: { path: '^src/stages/([^/]+)/' },
      to: { path: '^src/stages/', pathNot: '^src/stages/$1/' },
    },
    only(
      'stages-over-facts',
      room('stages'),
      '^src/(stages|facts|content)/',
      'stages know facts and content',
    ),
    only('config-over-facts', room('config'), '^src/(config|facts|content)/', 'settings know no stage'),
    only(
      'pipeline-over-stages',
      room('pipeline'),
      '^src/(pipeline|config|stages|facts|content)/',
      'pipeline knows no edge',
    ),
    only(
      'cli-is-an-edge',
      room('cli'),
      '^src/(cli|config|pipeline|stages|facts|content)/',
      'edges do not know each other',
    ),
    only(
      'action-is-an-edge',
      room('action'),
      '^src/(action|config|pipeline|stages|facts|content)/',
      'edges do not know each other',
    ),
    only('image-stands-alone', room('content/image'), '^src/content/(image/|error)', 'image is pure'),
    only(
      'tar-stands-alone',
      room('content/tar'),
      '^src/content/(tar|image)/|^src/content/error',
      'tar is pure',
    ),
    only(
      'gzip-stands-alone',
      room('content/gzip'),
      '^src/content/(gzip|image)/|^src/content/(bytes|error)',
      'gzip is streams in, streams out',
    ),
    only(
      'store-over-image',
      room('content/store'),
      '^src/content/(store|image|tar)/|^src/content/(bytes|error|progress)',
      'registry → store → image',
    ),
    only(
      'layer-over-tar',
      room('content/layer'),
      '^src/content/(layer|gzip|tar|store|image)/|^src/content/(bytes|error|progress)',
      'layer → gzip, tar',
    ),
    only(
      'rootfs-over-tar',
      room('content/rootfs'),
      '^src/content/(rootfs|tar|image)/|^src/content/(bytes|error)',
      'rootfs → tar',
    ),
    {
      name: 'pure-rooms-do-no-io',
      comment: 'functions that decide do not fetch',
      severity: 'error',
      from: {
        path: '^src/(facts|content/image|content/tar|content/rootfs|stages/gate|stages/report)/|^src/stages/relayer/(plan|owners)',
      },
      to: {
        path: '^(fs|fs/promises|http|https|net|child_process|worker_threads)$|node_modules/undici/',
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
