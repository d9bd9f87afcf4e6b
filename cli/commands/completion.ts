import type { Command } from 'commander';
import { addCommand, type Invocation } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { providers } from '../trigger/providers.ts';

/** The words that may follow, keyed by the commands before them: `sources` → `list get …`. */
type Words = ReadonlyMap<string, readonly string[]>;

export function addCompletion(root: Command): void {
  addCommand<object>(root, {
    usage: 'completion <shell>',
    choices: ['bash', 'zsh'],
    summary: 'Print the script that completes commands and options in your shell: bash or zsh',
    examples: ['completion bash >> ~/.bashrc', 'completion zsh >> ~/.zshrc'],
    local: true,
    run: async ({ args, out }: Invocation<object>) => {
      const [shell] = args;
      if (shell !== 'bash' && shell !== 'zsh')
        throw usageFailure(`there is no completion for ${shell}`, 'use bash or zsh');
      const script = shell === 'bash' ? bashScript(root) : zshScript(root);
      if (out.json) return out.document({ shell, script });
      out.line(script);
    },
  });
}

function wordsOf(command: Command, path = ''): Words {
  const names = command.commands.map((child) => child.name());
  const own = pathsOf(command, path).map((at): [string, string[]] => [
    at,
    [...(at === path ? [...names, ...choicesOf(command)] : []), ...optionsOf(command), '--help'],
  ]);
  return new Map([...own, ...command.commands.flatMap((child) => [...wordsOf(child, below(path, child.name()))])]);
}

/** The possible values of each option that takes one, keyed by path and option. None where only the user can know. */
function valuesOf(command: Command, path = ''): Words {
  const own = command.options
    .filter((option) => option.required || option.optional)
    .flatMap(({ long, argChoices = [] }) =>
      pathsOf(command, path).map((at): [string, readonly string[]] => [`${at} ${long}`, argChoices]),
    );
  return new Map([...own, ...command.commands.flatMap((child) => [...valuesOf(child, below(path, child.name()))])]);
}

/** Each provider has its own types. */
const typesOfEvents: Words = new Map(providers.map(({ name, types }) => [`trigger ${name} --event`, types]));

/** An argument with a fixed set of values is a step of the path, like a command, because what follows may depend on it. */
function pathsOf(command: Command, path: string): string[] {
  return [path, ...choicesOf(command).map((one) => below(path, one))];
}

function choicesOf({ registeredArguments: [first] }: Command): readonly string[] {
  return first?.argChoices ?? [];
}

function optionsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => long ?? []);
}

function below(path: string, name: string): string {
  return `${path} ${name}`.trim();
}

function cases(words: Words): string {
  return [...words].map(([path, next]) => `    '${path}') echo '${next.join(' ')}' ;;`).join('\n');
}

/** The words that are commands. The script follows them as far as they go, and skips the values of options. */
function shellFunctions(root: Command): string {
  return `_hawser_words() {
  case "$1" in
${cases(wordsOf(root))}
  esac
}

_hawser_values() {
  case "$1" in
${cases(new Map([...valuesOf(root), ...typesOfEvents]))}
    *) return 1 ;;
  esac
}

_hawser_path() {
  local found='' option='' word
  for word in "$@"; do
    if _hawser_values "$found $option" > /dev/null; then option=''; continue; fi
    option="$word"
    case " $(_hawser_words "$found") " in
      *" $word "*) case "$word" in -*) ;; *) found="\${found:+$found }$word" ;; esac ;;
    esac
  done
  echo "$found"
}`;
}

function bashScript(root: Command): string {
  return `# hawser completion bash
${shellFunctions(root)}

_hawser() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at next
  at="$(_hawser_path "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  next="$(_hawser_values "$at \${COMP_WORDS[COMP_CWORD-1]}")" || next="$(_hawser_words "$at")"
  COMPREPLY=($(compgen -W "$next" -- "$current"))
}
complete -o default -F _hawser hawser`;
}

function zshScript(root: Command): string {
  return `# hawser completion zsh
${shellFunctions(root)}

_hawser() {
  local at next
  at="$(_hawser_path "\${words[@]:1:$((CURRENT - 2))}")"
  next="$(_hawser_values "$at \${words[$((CURRENT - 1))]}")" || next="$(_hawser_words "$at")"
  compadd -- \${=next} || _files
}
compdef _hawser hawser`;
}
