#!/usr/bin/env node
// All that is imported here must load on any Node, however old: the rest is imported once that is known to do.
import { tool } from '../facts/tool.ts';
import { complaintOfNode } from './node-version.ts';

// Whoever reads the output may have seen enough (`| head`), or closed the terminal (EIO): that is no error.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'EIO') process.exit();
  const why = code === 'ENOSPC' || code === 'EDQUOT' ? `no space is left (${code})` : message;
  process.stderr.write(`error: standard output cannot be written: ${why}\n`);
  process.exit(3);
});
// What cannot be told must not keep the work from ending well: SIGHUP takes the terminal away before the cleaning up.
process.stderr.on('error', () => {});

const args = process.argv.slice(2);
const complaint = complaintOfNode(process.versions.node);
if (args[0] === '--version' || args[0] === '-v') {
  // Scripts ask often; nothing else is loaded for it.
  process.stdout.write(`${tool.name} ${tool.version}\n`);
} else if (complaint !== undefined) {
  process.stderr.write(complaint);
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import('./command-line.ts');
  const { stdout, stderr, env: environment } = process;
  process.exitCode = await runCommandLine(args, { stdout, stderr, environment });
}
