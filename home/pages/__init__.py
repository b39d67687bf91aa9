"""What every page is made of: the base page, publishing, the recorder, images and documents."""
