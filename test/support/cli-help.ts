import type { program } from '../../cli/program.ts';

type Command = ReturnType<typeof program>;

export function allOf(root: Command): Command[] {
  return root.commands.flatMap((one) => [one, ...one.commands]);
}

/** What follows `hawser `. */
export function examplesIn(command: Command): string[] {
  let shown = '';
  command.configureOutput({ writeOut: (text) => (shown += text) }).outputHelp();
  return [...shown.matchAll(/^ {2}\$ hawser (.*)$/gm)].map(([, example = '']) => example);
}
