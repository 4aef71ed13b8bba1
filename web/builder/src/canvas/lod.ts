import { createContext, useContext } from 'react';

/** How much a card shows: all, or tile and name, or only its colour. */
export type Detail = 'near' | 'far' | 'tiny';

export const DetailContext = createContext<Detail>('near');
export const useDetail = () => useContext(DetailContext);
