import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Something to fill in or to confirm, above the page. Escape closes it. */
export const Dialog = ({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog" onClose={onClose}>
      <h2 id="dialog">{title}</h2>
      {children}
    </dialog>
  );
};

/** The buttons of a dialog, and what went wrong when the first was pressed. */
export const DialogActions = ({
  action,
  isSending,
  problem,
  onClose,
}: {
  readonly action: string;
  readonly isSending: boolean;
  readonly problem?: string | undefined;
  readonly onClose: () => void;
}) => (
  <>
    {problem !== undefined && (
      <p class="callout danger" role="alert">
        {problem}
      </p>
    )}
    <div class="actions">
      <button type="submit" class="primary" disabled={isSending}>
        {isSending ? 'Sending…' : action}
      </button>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  </>
);
