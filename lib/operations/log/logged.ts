import type { ActionName } from '../../shapes/operations.ts';
import type { Actor, LoggedAction } from '../../store/action-log.ts';
import type { BillingContext } from '../billing-context.ts';

/** What an action was done to, and more of it for people. */
export type Subject = Pick<LoggedAction, 'projectId' | 'target' | 'detail'>;

const MAX_TARGET = 256;
const MAX_DETAIL = 1024;

/** One line without control characters: names of files and reasons come from people. */
const line = (text: string, length: number): string => {
  const characters = [...text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()];
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 1).join('')}…`;
};

/** The entry of the log for an action of a person. It is written with what was done, where it can be. */
export const logged = (
  { now, newId }: Pick<BillingContext, 'now' | 'newId'>,
  by: Actor,
  action: ActionName,
  { projectId, target, detail }: Subject,
): LoggedAction => ({
  id: newId(),
  at: now(),
  by,
  action,
  ...(projectId !== undefined && { projectId }),
  target: line(target, MAX_TARGET),
  ...(detail !== undefined && { detail: line(detail, MAX_DETAIL) }),
});
