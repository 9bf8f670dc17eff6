/**
 * The Python program that becomes JupyterLab. It names an inside of JupyterLab, so no other file does:
 * `jupyterlab.commands._yarn_config` starts a Node twice to ask yarn for its registry, which only building JupyterLab would
 * need, and fails in a folder of ES modules. Tried on JupyterLab 4.6.6; where a version has no such function, this does nothing.
 */

/** What is run before JupyterLab is loaded. */
export const WITHOUT_YARN = `from jupyterlab import commands
commands._yarn_config = lambda logger: {'yarn config': {}, 'npm config': {}}
`;

/**
 * Loads JupyterLab, reads its token and the notebooks' brokers from our pipe, and starts it, beside a thread that ends it when
 * that pipe closes: it never outlives us, even a SIGKILL. The token comes through that pipe: a command line is for everybody to
 * see, and an environment goes on to kernels and their cells.
 */
export const LAB_PROGRAM = `${WITHOUT_YARN}
import json, os, signal, sys, threading
from jupyterlab.labapp import main
told = sys.stdin.buffer.readline()
if not told:
    sys.exit('ended before it was told to start')
told = json.loads(told)
os.environ.update(told['environment'])
def end_with_parent():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
sys.exit(main([*sys.argv[1:], '--IdentityProvider.token=' + told['token']]))`;
