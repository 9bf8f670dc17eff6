/** `streamtrain completion`: what makes a shell complete commands, options and their values. */
import { Argument, type Command } from 'commander';
import { completionScript, shells, type Shell } from '../completion.ts';
import type { Bind } from '../context.ts';

/** Adds its flags, its help and what it does to the command. @param whole gives the program with everything loaded */
export function completionCommand(command: Command, bind: Bind, whole: () => Promise<Command>): void {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      '\nExample:\n  $ streamtrain completion bash\n' +
        '\nWrite what it prints into a file that the shell reads at its next start:' +
        '\n  bash  ~/.local/share/bash-completion/completions/streamtrain' +
        '\n  zsh   _streamtrain, in a folder of $fpath (before compinit)' +
        '\n  fish  ~/.config/fish/completions/streamtrain.fish\n',
    )
    .action(
      bind(async ({ output }, [shell]) => {
        output.line(completionScript(await whole(), shell as Shell).trimEnd());
      }),
    );
}
