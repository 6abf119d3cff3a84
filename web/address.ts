import { linkTo, parseRoute, withChoices } from './route.ts';

const SAVE_AFTER_MS = 100;
/** How long a page may take to grow to the height at which it was left. */
const MAX_GROWTH_MS = 5_000;

/** Changes what is chosen on this page, in its address. It is no step of its own for Back. */
export const choose = (change: Readonly<Record<string, string | undefined>>): void => {
  history.replaceState(history.state, '', linkTo(withChoices(parseRoute(location.hash), change)));
  dispatchEvent(new HashChangeEvent('hashchange'));
};

/** Scrolls to a section of this page and moves the focus to its heading, which has the id. */
export const toPart = (id: string): void => {
  const heading = document.getElementById(id);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView();
};

interface Place {
  readonly scrollY?: number;
}

/** Remembers with each entry of the history how far it was scrolled. Returns what ends it. */
export const rememberScroll = (): (() => void) => {
  history.scrollRestoration = 'manual';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => history.replaceState({ ...history.state, scrollY }, '');
  const onScroll = () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  };
  // A link may be followed before the timer has run.
  const onClick = () => {
    clearTimeout(timer);
    save();
  };
  // What is still to be saved is of the entry that was left.
  const onTraversal = () => clearTimeout(timer);
  addEventListener('scroll', onScroll);
  addEventListener('click', onClick, { capture: true });
  addEventListener('popstate', onTraversal);
  return () => {
    clearTimeout(timer);
    removeEventListener('popstate', onTraversal);
    removeEventListener('scroll', onScroll);
    removeEventListener('click', onClick, { capture: true });
  };
};

/**
 * Scrolls to where this entry of the history was left, once the page has grown so far; to the top
 * if it is a new one. Returns what ends it.
 */
export const restoreScroll = (): (() => void) => {
  const { scrollY: target = 0 } = (history.state ?? {}) as Place;
  scrollTo(0, target);
  if (scrollY >= target) return () => {};
  const stop = () => {
    observer.disconnect();
    clearTimeout(timer);
    removeEventListener('wheel', stop);
    removeEventListener('touchmove', stop);
    removeEventListener('keydown', stop);
  };
  const observer = new ResizeObserver(() => {
    scrollTo(0, target);
    if (Math.ceil(scrollY) >= target) stop();
  });
  const timer = setTimeout(stop, MAX_GROWTH_MS);
  observer.observe(document.body);
  addEventListener('wheel', stop);
  addEventListener('touchmove', stop);
  addEventListener('keydown', stop);
  return stop;
};
