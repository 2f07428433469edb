/** The file of `xlb capture`: packets of others are in it, so only its owner may read it. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { reasonOf, XlbError } from '../base/errors.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Empty, and with mode 0600, also where it was there and `replaces`. A FIFO or a character device is written to as it
 * is: the mode of /dev/null is everybody's. No link is followed: it may be another user's, to any file of the host.
 */
export async function openCaptureFile(name: string, replaces: boolean): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(name, O_WRONLY | O_CREAT | (replaces ? O_NOFOLLOW : O_EXCL), 0o600);
    const stats = await file.stat();
    if (stats.isBlockDevice()) throw new Error('it is a block device; name a file');
    if (stats.isFile()) {
      await file.chmod(0o600);
      await file.truncate();
    }
    return file;
  } catch (error) {
    await file?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new XlbError('USAGE', `Cannot write ${name}: it is there`, { help: '--force replaces it' });
    const why = code === 'ELOOP' ? 'it is a symbolic link; name the file itself' : reasonOf(error);
    throw new XlbError('HOST', `Cannot write ${name}: ${why}`);
  }
}
