// @ts-check
/**
 * The servers that the tests start: what answers to `--version`, the oldest version that knows what is used, the package to install.
 */
const SERVERS = [
  { command: 'redis-server', minimum: [7, 0], debian: 'redis-server', homebrew: 'redis' },
  { command: 'memcached', minimum: [1, 6], debian: 'memcached', homebrew: 'memcached' },
  { command: 'postgres', minimum: [14], debian: 'postgresql', homebrew: 'postgresql@18' },
  { command: 'mariadbd', minimum: [10, 6], debian: 'mariadb-server', homebrew: 'mariadb' },
];

/**
 * Runs a command to its end.
 *
 * @typedef {(command: string, args: readonly string[]) => { status: number | null, stdout: string, stderr: string }} Run
 */

/**
 * @typedef {object} Machine
 * @property {Run} run
 * @property {NodeJS.Platform} platform
 * @property {boolean} isRoot
 * @property {boolean} isCi whether nobody minds what is installed
 */

/**
 * Makes sure that the servers are there. Missing ones are installed where that is nobody's business: as root, or in continuous
 * integration. Otherwise the error names one command.
 *
 * @param {Machine} machine
 * @returns {void}
 */
export function ensureServers(machine) {
  const wanted = missingServers(machine);
  if (wanted.length === 0) return;
  const attempt = mayInstall(machine) ? install(machine, wanted) : '';
  const missing = attempt === '' && mayInstall(machine) ? missingServers(machine) : wanted;
  if (missing.length === 0) return;
  const needs = missing
    .map(({ command, minimum }) => `${command} ${minimum.join('.')} or later`)
    .join(' and ');
  throw new Error(
    `The tests run against real servers, and need ${needs}. Install them with\n\n    ${advice(machine, missing)}\n${attempt}`,
  );
}

/** @param {Machine} machine */
function missingServers({ run }) {
  return SERVERS.filter(({ command, minimum }) => !isRecent(run(command, ['--version']).stdout, minimum));
}

/**
 * @param {string} output
 * @param {readonly number[]} minimum
 */
function isRecent(output, [major = 0, minor = 0]) {
  const found = /(\d+)\.(\d+)/.exec(output);
  if (!found) return false;
  const [foundMajor, foundMinor] = [Number(found[1]), Number(found[2])];
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** @param {Machine} machine */
function mayInstall({ platform, isRoot, isCi, run }) {
  return platform === 'linux' && (isRoot || isCi) && run('apt-get', ['--version']).status === 0;
}

/** @param {typeof SERVERS} servers */
function installCommand(servers) {
  const packages = servers.map(({ debian }) => debian).join(' ');
  return `apt-get install -y --no-install-recommends ${packages}`;
}

/**
 * Debian starts the services of packages that it installs, unless policy-rc.d forbids it: they would sit on the default ports. A policy
 * that is there already stays.
 *
 * @param {typeof SERVERS} servers
 */
function installScript(servers) {
  const command = installCommand(servers);
  return `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
${command} || { apt-get update && ${command}; }
`;
}

/**
 * @param {Machine} machine
 * @param {typeof SERVERS} servers
 * @returns {string} what went wrong; empty if nothing did
 */
function install({ run, isRoot }, servers) {
  const script = installScript(servers);
  const { status, stderr } = isRoot ? run('sh', ['-c', script]) : run('sudo', ['-n', 'sh', '-c', script]);
  return status === 0 ? '' : `\nInstalling them failed:\n${stderr.trim()}\n`;
}

/**
 * @param {Machine} machine
 * @param {typeof SERVERS} servers
 */
function advice({ platform, isRoot }, servers) {
  if (platform === 'darwin') return `brew install ${servers.map(({ homebrew }) => homebrew).join(' ')}`;
  return isRoot ? installCommand(servers) : `sudo ${installCommand(servers)}`;
}
