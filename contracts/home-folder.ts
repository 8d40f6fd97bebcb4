import { homedir } from 'node:os';

/** The user's home folder; undefined for a user id without one: no $HOME and no entry in passwd, as in containers. */
export function homeFolder(readHome: () => string = homedir): string | undefined {
  try {
    const folder = readHome();
    return folder === '' ? undefined : folder;
  } catch {
    return undefined;
  }
}
