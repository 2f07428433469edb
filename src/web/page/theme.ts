/** Dark, light, or as the system has it. */
import { byId } from './dom.ts';

const KEY = 'xlb_theme';
const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const names: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };

export function startTheme(onChange: () => void): void {
  const switcher = byId('theme');
  let theme = themes.find((one) => one === localStorage.getItem(KEY)) ?? 'auto';
  const use = () => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    switcher.textContent = names[theme];
    switcher.setAttribute('aria-label', `Colours: ${theme === 'auto' ? 'as the system has them' : theme}`);
  };
  use();
  switcher.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
    localStorage.setItem(KEY, theme);
    use();
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
}
