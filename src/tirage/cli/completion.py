"""`tirage completion`: the script that teaches a shell to complete tirage's commands."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Examples:
  tirage completion bash > ~/.local/share/bash-completion/completions/tirage
  tirage completion zsh > "${fpath[1]}/_tirage"
  tirage completion fish > ~/.config/fish/completions/tirage.fish
"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    program = context.find_root().command
    script = get_completion_class(shell)
    assert script is not None
    click.echo(script(program, {}, "tirage", "_TIRAGE_COMPLETE").source())
