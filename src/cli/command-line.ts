import { loadSettings } from '../config/file.ts';
import { readSettings } from '../config/read.ts';
import { onlyThese } from '../config/settings.ts';
import { exitCodes, PullBudgetError } from '../content/error.ts';
import { tool } from '../facts/tool.ts';
import { parseArguments, type Request } from './arguments.ts';
import { settingsTaken } from './commands.ts';
import { complaint } from './complaint.ts';
import { helpOf, helpOfAll } from './help.ts';
import { Interruption } from './interruption.ts';
import { createContext, createOutput, type Surroundings } from './terminal.ts';

/** Runs what the arguments ask for; everything that can go wrong ends as a message and an exit code. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const secrets = new Set<string>();
  let verbose = false;
  try {
    const request = parseArguments(args);
    switch (request.kind) {
      case 'version':
        stdout.write(`${tool.name} ${tool.version}\n`);
        return exitCodes.pass;
      case 'help':
        stdout.write(request.command ? helpOf(request.command) : helpOfAll());
        return exitCodes.pass;
      case 'nothing':
        // A script whose variable is empty must not pass a gate by reading help.
        stderr.write(helpOfAll());
        return exitCodes.input;
      case 'command':
        verbose = request.flags.verbose;
        return await runCommand(request, surroundings, secrets);
    }
  } catch (error) {
    if (error instanceof Interruption) {
      stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    stderr.write(complaint(error, verbose, secrets));
    return error instanceof PullBudgetError ? error.exitCode : exitCodes.infrastructure;
  }
}

/** An interrupted command fails with the signal's Interruption, whatever its own work made of the abort. */
async function runCommand(
  { command, written, flags, positionals }: Extract<Request, { kind: 'command' }>,
  surroundings: Surroundings,
  secrets: Set<string>,
): Promise<number> {
  const taken = settingsTaken(command);
  // A command without settings reads no file: it works where that is broken.
  const settings =
    taken.size > 0 ? onlyThese(await loadSettings('flag', written), taken) : readSettings('flag', {});
  const interruption = Interruption.listen();
  try {
    const { run } = await command.load();
    const code = await run({
      settings,
      written,
      flags,
      positionals,
      context: createContext(surroundings, flags.quiet, interruption.signal, secrets),
      output: createOutput(surroundings, flags.json),
    });
    interruption.signal.throwIfAborted();
    return code;
  } catch (error) {
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    interruption.stop();
  }
}
