/** Without projects nothing is polled, and the secret of the stage needs no credentials for it. */
const isPolled = (projects) => projects.trim() !== '';

export const credentialsOf = (projects, secret) => (isPolled(projects) ? secret : '');
export const scheduleOf = (projects, schedules) => isPolled(projects) && String(schedules) === 'true';
export const silenceOf = (projects, schedules) =>
  scheduleOf(projects, schedules) ? 'breaching' : 'notBreaching';
/** Projects in which jobs may be stopped. Without them the functions that deliver call no provider. */
export const stopProjectsOf = (projects, stop) => (stop === 'allowed' ? projects : '');

const read = ({ resolveVariable }, ...names) =>
  Promise.all(names.map((name) => resolveVariable(`param:${name}`)));

/** The settings of the stage, for `serverless.yml`: what its functions sign calls with ... */
export const credentials = async (stage) =>
  credentialsOf(...(await read(stage, 'ovhProjects', 'ovhCredentials')));
/** ... whether it polls by itself, */
export const schedule = async (stage) => scheduleOf(...(await read(stage, 'ovhProjects', 'schedules')));
/** what an alarm makes of polls that are not reported, */
export const silence = async (stage) => silenceOf(...(await read(stage, 'ovhProjects', 'schedules')));
/** where jobs may be stopped, */
export const stopProjects = async (stage) => stopProjectsOf(...(await read(stage, 'ovhProjects', 'ovhStop')));
/** and what those calls are signed with. */
export const stopCredentials = async (stage) => {
  const [secret] = await read(stage, 'ovhCredentials');
  return credentialsOf(await stopProjects(stage), secret);
};
