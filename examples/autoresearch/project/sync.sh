# In the place of `uv sync --frozen`: a virtual environment with one package and its command.
set -eu
python3 -m venv --without-pip .venv
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp tally.py "$site/"
printf '#!%s/.venv/bin/python\nfrom tally import main\nmain()\n' "$PWD" > .venv/bin/tally
chmod +x .venv/bin/tally
