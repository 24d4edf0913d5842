"""Flask, which only scripts that see whole requests or make whole responses need."""

try:
    import flask
except ModuleNotFoundError as error:
    if error.name != "flask":
        raise
    text = "@rawhttp, AMLRequest and AMLResponse need flask, which is not installed: pip install flask"
    raise ModuleNotFoundError(text, name="flask") from None

__all__ = ["flask"]
