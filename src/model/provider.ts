/** Whose API a model is asked through. */
export type Provider = 'anthropic' | 'openai' | 'google';
