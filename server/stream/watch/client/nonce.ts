/**
 * The page's policy (CSP style-src) admits a `<style>` only with the nonce of this answer, and the media-chrome elements
 * write theirs into their shadow roots as text. From now on shadow roots get our nonce added to every style they are
 * given; documents and ordinary elements do not, so that markup from elsewhere stays without. Call it before media-chrome
 * is loaded.
 */
export function admitShadowStyles(): void {
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
  const withNonce = (html: string): string => html.replaceAll('<style', `<style nonce="${nonce}"`)
  const inner = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'innerHTML')
  if (inner !== undefined) {
    Object.defineProperty(ShadowRoot.prototype, 'innerHTML', {
      ...inner,
      set(this: ShadowRoot, html: string) {
        inner.set?.call(this, withNonce(html))
      },
    })
  }
  const unsafe: unknown = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'setHTMLUnsafe')?.value
  if (typeof unsafe === 'function') {
    Object.defineProperty(ShadowRoot.prototype, 'setHTMLUnsafe', {
      configurable: true,
      writable: true,
      value(this: ShadowRoot, html: string) {
        Reflect.apply(unsafe, this, [withNonce(html)])
      },
    })
  }
}
