/**
 * Every error Tacit raises across a boundary: message template, HTTP status, what to do about it.
 * Placeholders in braces are filled from the error's details. `docs/errors.md` lists the same codes
 * (a test keeps the two equal).
 */
export interface ErrorEntry {
  readonly message: string
  readonly status: number
  readonly advice: string
}

const entry = (status: number, message: string, advice: string): ErrorEntry => ({ status, message, advice })

export const ERROR_CATALOGUE = {
  // Input given by a person: command line, files, settings.
  TACIT_FLAG_INVALID: entry(400, '{flag}: {problem}', 'See --help for the values the flag takes.'),
  TACIT_SETTING_UNKNOWN: entry(
    400,
    'the model {model} has no setting {name}',
    'Use one of the settings named in the message or in docs/models.md: {known}.',
  ),
  TACIT_SETTING_INVALID: entry(400, 'setting {name}: {problem}', 'Give a value in the range stated.'),
  TACIT_MODEL_UNKNOWN: entry(400, 'no model is called {model}', 'Use one of: {known}.'),
  TACIT_CATALOGUE_TOO_LARGE: entry(
    400,
    'the model {model} takes at most {limit} items; the catalogue has {items}',
    'Leave the rarest items out of the catalogue, or use a model that keeps less of each: ials, popularity.',
  ),
  TACIT_DATA_UNREADABLE: entry(400, '{file}: {problem}', 'Check the path and that the file can be read.'),
  TACIT_DATA_MALFORMED: entry(
    400,
    '{file}:{line}:{column}: {problem}',
    'Correct the line named, or remove it.',
  ),
  TACIT_DATA_UNDECIDABLE: entry(
    400,
    '{file}: cannot tell what format this is: {problem}',
    'Give a header that names user, item and time, or a file in one of the formats listed in --help.',
  ),
  TACIT_DATA_EMPTY: entry(400, '{file}: {problem}', 'Give a file with at least one usable history.'),
  TACIT_DEVICES_UNAVAILABLE: entry(
    400,
    'round {round} waited a week of virtual time for {wanted} devices; there were never more than {most}',
    'Ask for smaller cohorts, with --participation or --cohort, or make more devices available.',
  ),
  TACIT_CONFIG_INVALID: entry(400, 'configuration {path}: {problem}', 'Correct the entry named.'),

  // Update codec.
  TACIT_LAYOUT_INVALID: entry(400, 'layout: {problem}', 'Make every segment of the layout well formed.'),
  TACIT_UPDATE_MISMATCH: entry(
    400,
    'the update does not fit its layout: {problem}',
    'Build the update from the layout that the plan names.',
  ),
  TACIT_MODULUS_TOO_LARGE: entry(
    400,
    'a sum of {devices} values of {bits} bits needs {needed} bits, more than 32',
    'Use smaller groups or fewer quantisation bits.',
  ),
  TACIT_VECTOR_SIZE: entry(
    400,
    'a packed vector of {expected} bytes was expected, not {actual}',
    'Pack the vector as the plan says: its size and modulus bits.',
  ),
  TACIT_VECTOR_PADDING: entry(400, 'the padding bits of a packed vector are not zero', 'Pad with zero bits.'),
  TACIT_NOISE_INVALID: entry(
    400,
    'no such noise: {problem}',
    'Choose the noise, and the steps it is counted in, so that it lies in the range stated.',
  ),
  TACIT_SUM_MISMATCH: entry(
    409,
    'partial sums do not match the devices they stand for: {problem}',
    'Merge each device exactly once.',
  ),

  // Differential privacy.
  TACIT_PRIVACY_INVALID: entry(
    400,
    'privacy cannot be accounted for: {problem}',
    'Give values in the ranges stated, noise that coins go with (skellam), or an accountant that knows the mechanism.',
  ),

  // Secure aggregation.
  TACIT_SECAGG_NO_PARAMETERS: entry(
    400,
    'no neighbours and threshold suffice for {devices} devices: {coordinator} coordinator, adversarial share {adversarial}, {losses} loss of {dropout}',
    'Use larger groups (a larger minimum), assume smaller shares, or accept a curious coordinator and say so.',
  ),

  TACIT_KEY_INVALID: entry(400, 'not a usable key: {problem}', 'Draw fresh keys; never use this one.'),
  TACIT_ROSTER_INVALID: entry(
    502,
    'the list of devices does not hold: {problem}',
    'Do not go on: the coordinator shows this device something else than what it committed to.',
  ),
  TACIT_GROUP_TOO_SMALL: entry(
    400,
    'the device refuses its group: {problem}',
    'Use larger groups, or a standard that allows smaller ones.',
  ),
  TACIT_NEIGHBOUR_INVALID: entry(
    502,
    'a neighbour cannot be trusted: {problem}',
    'Do not go on: nobody vouches for this neighbour, or its keys are not its own.',
  ),
  TACIT_SURVIVORS_INCONSISTENT: entry(
    502,
    'what the coordinator says of the survivors does not hold: {problem}',
    'Do not go on: it may be telling devices different things.',
  ),
  TACIT_CREDENTIAL_INVALID: entry(
    401,
    'the credential does not hold: {problem}',
    'Ask the issuer for a new one; check its keys and the clocks.',
  ),
  TACIT_CREDENTIAL_MISSING: entry(
    401,
    'no credential for this round: {problem}',
    'Configure where the device gets its credentials from, or allow anonymous rounds on both sides.',
  ),

  // Protocol.
  TACIT_PROTOCOL_VERSION: entry(
    400,
    'protocol version {actual} is not supported, this side speaks {expected}',
    'Upgrade the older side.',
  ),
  TACIT_MESSAGE_INVALID: entry(
    400,
    'not a valid message: {problem}',
    'Send messages as docs/protocol.md says.',
  ),
  TACIT_MESSAGE_TOO_LARGE: entry(413, 'a message of more than {limit} bytes', 'Send vectors in chunks.'),
  TACIT_FRAME_INVALID: entry(
    400,
    'not a valid vector frame: {problem}',
    'Send frames as docs/protocol.md says.',
  ),
  TACIT_OUT_OF_PHASE: entry(
    409,
    '{what} is not expected now',
    'Follow the order of messages in docs/protocol.md.',
  ),
  TACIT_DUPLICATE_MESSAGE: entry(409, 'a second {what} in one round', 'Send one message per round and step.'),
  TACIT_HELLO_TIMEOUT: entry(408, 'no hello within {deadlineMs} ms', 'Send hello first.'),
  TACIT_IDLE_TIMEOUT: entry(408, 'nothing heard for {deadlineMs} ms', 'Answer heartbeats.'),
  TACIT_TOO_MANY_DEVICES: entry(503, 'no room for another device', 'Come back later.'),
  TACIT_TOO_SLOW: entry(503, 'the device reads or sends too slowly', 'Reconnect.'),
  TACIT_RATE_LIMITED: entry(429, 'too many messages', 'Slow down.'),
  TACIT_DEVICE_CONNECTED: entry(
    409,
    'the device {device} is connected, or was a moment ago',
    'Run one connection per device, or resume with the token of its welcome.',
  ),
  TACIT_TASK_UNKNOWN: entry(404, 'no task is called {task}', 'Use a task that /v1/status lists.'),
  TACIT_CATALOGUE_MISMATCH: entry(
    409,
    'the device knows catalogue {actual}, the task trains on {expected}',
    'Load the catalogue that the manifest names.',
  ),
  TACIT_SHUTTING_DOWN: entry(503, 'the coordinator is stopping', 'Reconnect later.'),

  // The device's own checks.
  TACIT_PLAN_REFUSED: entry(
    400,
    'the device refuses the plan: {problem}',
    'Correct the task so that devices accept it.',
  ),
  TACIT_NOT_DRAWN: entry(
    409,
    'the coin of the device keeps it out of this round',
    'Nothing to do: rounds with sampling are made of the devices whose coin says so.',
  ),
  TACIT_DEVICE_BUDGET: entry(
    409,
    'the device has spent what it may of its privacy: {problem}',
    'Raise the limits of the device, if its owner agrees, or ask it less often and with more noise.',
  ),
  TACIT_LEDGER_UNUSABLE: entry(
    500,
    'the ledger of the device cannot be used: {problem}',
    'See to the store that it is kept in; without it the device takes part in no round.',
  ),
  TACIT_MODEL_HASH: entry(
    502,
    'part {part} of the model has hash {actual}, not {expected}',
    'Serve the parts that the manifest names; a device never trains on another model.',
  ),
  TACIT_MODEL_UNAVAILABLE: entry(
    502,
    'the model cannot be fetched: {problem}',
    'Check that the coordinator can be reached.',
  ),
  TACIT_MODEL_INVALID: entry(
    502,
    'the model is malformed: {problem}',
    'Publish a model that fits its manifest.',
  ),
  TACIT_TRAINING_FAILED: entry(500, 'training failed on the device: {problem}', 'See the device log.'),
  TACIT_ITEM_UNKNOWN: entry(404, 'item {item} is not in the catalogue', 'Use item ids of the catalogue.'),

  // Coordinator.
  TACIT_PART_UNKNOWN: entry(404, 'no part has hash {hash}', 'Fetch the newest manifest.'),
  TACIT_NO_MODEL: entry(404, 'task {task} has no model yet', 'Wait for the task to start.'),
  TACIT_NOT_FOUND: entry(404, 'nothing is at {path}', 'See docs/operations.md for the routes.'),
  TACIT_INTERNAL: entry(500, 'an unexpected error', 'See the log of the coordinator.'),
  TACIT_DATA_DIR_IN_USE: entry(
    409,
    'the folder {dir} is in use by process {pid}',
    'Stop that process, or choose another folder with --data-dir.',
  ),
  TACIT_DATABASE_UNAVAILABLE: entry(
    503,
    'the database cannot be used: {problem}',
    'Check DATABASE_URL or the data folder.',
  ),
  TACIT_RELEASE_EXISTS: entry(
    409,
    'round {round} of task {task} is already released',
    'A round is released once.',
  ),
  TACIT_BUDGET_EXHAUSTED: entry(
    409,
    'task {task} has spent its privacy budget: epsilon {spent} of {epsilon}, {after} with another round',
    'Wait for the next period, or raise the budget: `tacit-coordinator budget`, docs/operations.md.',
  ),
  TACIT_BUDGET_MISSING: entry(
    409,
    'task {task} has no privacy budget',
    'A task gets its budget at its first start: with --dp, --epsilon and --delta.',
  ),
  TACIT_CHARGE_EXISTS: entry(
    409,
    'round {round} of task {task} is already charged',
    'A round is charged once.',
  ),
  TACIT_CHARGE_MISSING: entry(
    409,
    'a release of round {round} of task {task} names no charge of that round',
    'Charge the round before its sum is opened.',
  ),
  TACIT_TASK_CONFLICT: entry(
    409,
    'task {task} exists with another {what}',
    'Give the flags of its first start again, those of --dp too, or use another name for the new task.',
  ),
  TACIT_TASK_IN_USE: entry(
    409,
    'task {task} is run by another coordinator',
    'Stop that one, or give this one another database.',
  ),
  TACIT_PORT_IN_USE: entry(409, 'port {port} is in use', 'Choose another with --port.'),
  TACIT_RUN_INTERRUPTED: entry(
    503,
    'the run was interrupted after round {round} of {rounds}',
    'Go on with `tacit resume DIR`, if the run has a folder: the result is that of a run that was never stopped.',
  ),
  TACIT_RUN_EXISTS: entry(
    409,
    '{dir} holds a run already',
    'Go on with it: `tacit resume {dir}`, or choose another folder.',
  ),
  TACIT_RUN_NOT_FOUND: entry(404, '{dir} holds no run: {problem}', 'Name a folder that --out has written.'),
  TACIT_RUN_IN_USE: entry(
    409,
    'the run of {dir} is under way in process {pid}',
    'Wait for it or stop it, or choose another folder.',
  ),
  TACIT_RUN_CHANGED: entry(
    409,
    'the run of {dir} cannot go on: {problem}',
    'Put back what was changed, or start a new run: its result would be another one.',
  ),
  TACIT_RUN_DAMAGED: entry(422, '{file} is damaged: {problem}', 'Start the run again in another folder.'),
  TACIT_RUN_UNWRITABLE: entry(
    400,
    '{file} cannot be written: {problem}',
    'Make room and check who may write there; go on with `tacit resume`, or choose another folder with --out.',
  ),
  TACIT_SWEEP_CHANGED: entry(
    409,
    '{dir} holds another sweep: {problem}',
    'Repeat the command that it was made with (sweep.json has its grid), with more values if you like, or choose another folder.',
  ),
  TACIT_WORKER_FAILED: entry(500, 'a worker stopped: {problem}', 'Run again; report it if it repeats.'),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_CATALOGUE
