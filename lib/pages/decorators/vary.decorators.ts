import { CacheConfigurationError } from '../../core/errors.js';
import { show } from '../../core/show.js';
import { isToken } from '../../http/header-target.js';
import { varyNames } from '../rules/vary-names.js';
import { policyDecorator } from './policy-rule.js';

/**
 * Says that answers differ by request headers: they are added to `Vary`, on errors too, and pages are kept apart by them. What class
 * and method name adds up.
 *
 * @throws {CacheConfigurationError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/http/decorators/#django.views.decorators.vary.vary_on_headers
 * @example
 * ```ts
 * @Get()
 * @CachePage('15m')
 * @VaryOnHeaders('Accept-Language')
 * films(@Headers('accept-language') languages: string) { … }
 * ```
 * @publicApi
 */
export function VaryOnHeaders(...names: string[]): MethodDecorator & ClassDecorator {
  return policyDecorator({ vary: varyNames(names, '@VaryOnHeaders') });
}

/**
 * Says that answers differ by cookies. Without a name: by the whole `Cookie` header, so that hardly two visitors share a page. With a name:
 * by the value of that cookie alone. The answer says `Vary: Cookie` in both cases, since HTTP has no word for one cookie.
 *
 * @throws {CacheConfigurationError} when the class is loaded
 * @see https://docs.djangoproject.com/en/stable/topics/http/decorators/#django.views.decorators.vary.vary_on_cookie
 * @example
 * ```ts
 * @CachePage('15m')
 * @VaryOnCookie('lang')
 * ```
 * @publicApi
 */
export function VaryOnCookie(name?: string): MethodDecorator & ClassDecorator {
  if (name === undefined) return policyDecorator({ vary: ['Cookie'] });
  if (typeof name !== 'string' || !isToken(name)) {
    throw new CacheConfigurationError(
      `@VaryOnCookie takes the name of one cookie, such as 'lang', or nothing; got ${show(name)}. For several cookies write it several times.`,
    );
  }
  return policyDecorator({ cookies: [name] });
}
