#!/usr/bin/env node
import { tool } from '../facts/tool.ts';

// Whoever reads the output may have seen enough (`| head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const args = process.argv.slice(2);
if (args[0] === '--version') {
  // Scripts ask often; nothing else is loaded for it.
  process.stdout.write(`${tool.name} ${tool.version}\n`);
} else {
  const { runCommandLine } = await import('./command-line.ts');
  const { stdout, stderr, env: environment } = process;
  process.exitCode = await runCommandLine(args, { stdout, stderr, environment });
}
