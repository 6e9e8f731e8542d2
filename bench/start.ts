/** How long `--version` takes, against `node -e 0`, the floor: node bench/start.ts [RUNS] */
import { race } from './paired.ts';

await race(
  {
    name: 'pull-budget --version',
    argv: [process.execPath, 'dist/cli.js', '--version'],
    reset: async () => {},
  },
  { name: 'node -e 0', argv: [process.execPath, '-e', '0'], reset: async () => {} },
  { runs: Number(process.argv[2] ?? 11), bytes: 0 },
);
