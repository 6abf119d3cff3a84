/** What to say of a project of which nothing was ever charged. */
export const unknownProjectText = (projectId: string): string =>
  `nothing was ever charged for a project ${projectId}: is its id right? ` +
  '`jobmeter projects` lists those with usage';
