/** What a deployment's process finds in its environment. */

/** Needed to find programs, files and the network, and nothing that is a secret of this shell: on a target it would not be there either. */
const KEPT = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "CUDA_VISIBLE_DEVICES",
  "NVIDIA_VISIBLE_DEVICES",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** The environment of a process: the little that is kept of this one, then the deployment's own. */
export const processEnv = (own: Readonly<Record<string, string>>, env: Readonly<NodeJS.ProcessEnv>): Record<string, string> => {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && (KEPT.includes(name) || name.startsWith("LC_")));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...own };
};
