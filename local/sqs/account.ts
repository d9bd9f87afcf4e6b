/** The account to which everything in the embedded services belongs. */
export const ACCOUNT_ID = '000000000000';
